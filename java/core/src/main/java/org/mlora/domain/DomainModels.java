package org.mlora.domain;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.ParameterCopy;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.Names;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;
import org.mlora.serve.MloraModel;

/**
 * Models that have some of another model's domains. What all domains share, and the rows of the
 * domains that stay, are the same numbers; the ids of fields stay, those of domains are counted
 * anew. The caller closes what it gets.
 */
public final class DomainModels {
  private DomainModels() {}

  /**
   * The model without one of its domains, whose rows are then of unknown domain.
   *
   * @throws InvalidInputException when the model does not have the domain, or no other
   */
  public static MloraModel without(MloraModel model, String domain, Backend backend) {
    int row = require(model, domain);
    List<Integer> others =
        IntStream.range(0, model.schema().domains().size())
            .filter(other -> other != row)
            .boxed()
            .toList();
    if (others.isEmpty()) {
      throw new InvalidInputException(
          "'" + domain + "' is the only domain of the model; a model needs one");
    }
    return of(model, others, backend);
  }

  /**
   * One domain alone, with its adapters.
   *
   * @throws InvalidInputException when the model does not have the domain
   */
  public static MloraModel only(MloraModel model, String domain, Backend backend) {
    return of(model, List.of(require(model, domain)), backend);
  }

  /**
   * One domain alone, its adapters merged into the weights: a smaller model without adapters, whose
   * predictions for the domain are the same but for rounding. Rows of unknown domain go through the
   * same weights, and where these are not the backbone's, through the same calibration.
   *
   * @throws InvalidInputException when the model does not have the domain, or its adapters differ
   *     from row to row of a domain
   */
  public static MloraModel merged(MloraModel model, String domain, Backend backend) {
    int row = require(model, domain);
    ModelSpec plain = model.spec().withAdapter(new AdapterSpec.None());
    List<DomainShift> shifts = DomainShift.of(model.engine(), row);
    // Rows of unknown domain go through the merged weights too: another line than the backbone's.
    boolean moved = shifts.stream().anyMatch(DomainShift::moves);
    Optional<PlattScaling> calibration =
        model.calibration().map(lines -> moved ? lines.as(row) : lines.of(List.of(row)));
    MloraModel alone = of(model, plain, List.of(row), calibration, backend);
    try {
      AdapterMerge.merge(model.engine(), shifts, alone.engine());
      return alone;
    } catch (Throwable e) {
      alone.close();
      throw e;
    }
  }

  private static int require(MloraModel model, String domain) {
    int row = model.schema().domains().indexOf(domain);
    if (row < 0) {
      throw new InvalidInputException(
          "the model has no domain '"
              + domain
              + "'; its domains are "
              + Names.domains(model.schema().domains()));
    }
    return row;
  }

  /** Each domain with the line of its own, unknown ones with that of the backbone. */
  private static MloraModel of(MloraModel model, List<Integer> rows, Backend backend) {
    return of(model, model.spec(), rows, model.calibration().map(lines -> lines.of(rows)), backend);
  }

  private static MloraModel of(
      MloraModel model,
      ModelSpec spec,
      List<Integer> rows,
      Optional<PlattScaling> calibration,
      Backend backend) {
    Schema all = model.schema();
    Schema some = all.withDomains(rows.stream().map(all.domains()::get).toList());
    Engine engine = backend.compile(Models.build(spec, some));
    try {
      for (Parameter parameter : engine.network().parameters()) {
        Parameter whole = model.network().parameter(parameter.name()).orElseThrow();
        if (parameter.rowKind() == RowKind.BY_DOMAIN) {
          copyRows(rows, model.engine(), whole, engine, parameter);
        } else {
          ParameterCopy.copy(model.engine(), whole, engine, parameter);
        }
      }
      // Another name of its data: that one's columns count domains as the whole model does.
      ModelFile file =
          new ModelFile(
              spec, some, "some domains of " + model.dataset(), model.training(), calibration);
      return new MloraModel(file, model.vocabularies(), engine);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  /** Copies some rows, those that follow each other at once. */
  private static void copyRows(
      List<Integer> rows, Engine from, Parameter source, Engine to, Parameter target) {
    int size = target.rowSize();
    for (int start = 0, end; start < rows.size(); start = end) {
      int shift = rows.get(start) - start;
      end = start + 1;
      while (end < rows.size() && rows.get(end) - end == shift) {
        end++;
      }
      long at = (long) start * size;
      ParameterCopy.copy(
          from, source, at + (long) shift * size, to, target, at, (long) (end - start) * size);
    }
  }
}
