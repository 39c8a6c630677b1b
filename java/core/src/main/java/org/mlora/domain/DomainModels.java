package org.mlora.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.error.NameList;
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
  private static final int CHUNK = 1 << 18;

  private DomainModels() {}

  /**
   * The model without one of its domains, whose rows are then of unknown domain.
   *
   * @throws InvalidInputException when the model does not have the domain, or no other
   */
  public static MloraModel without(MloraModel model, String domain, Backend backend) {
    require(model, domain);
    List<String> others =
        model.schema().domains().stream().filter(name -> !name.equals(domain)).toList();
    if (others.isEmpty()) {
      throw new InvalidInputException(
          "'" + domain + "' is the only domain of the model; a model needs one");
    }
    return of(model, model.spec(), others, backend);
  }

  /**
   * One domain alone, with its adapters.
   *
   * @throws InvalidInputException when the model does not have the domain
   */
  public static MloraModel only(MloraModel model, String domain, Backend backend) {
    require(model, domain);
    return of(model, model.spec(), List.of(domain), backend);
  }

  /**
   * One domain alone, its adapters merged into the weights: a smaller model without adapters, whose
   * predictions for the domain are the same but for rounding.
   *
   * @throws InvalidInputException when the model does not have the domain
   */
  public static MloraModel merged(MloraModel model, String domain, Backend backend) {
    int row = require(model, domain);
    ModelSpec plain = model.spec().withAdapter(new AdapterSpec.None());
    MloraModel alone = of(model, plain, List.of(domain), backend);
    try {
      AdapterMerge.merge(model.engine(), row, alone.engine());
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
              + NameList.of(model.schema().domains()));
    }
    return row;
  }

  private static MloraModel of(
      MloraModel model, ModelSpec spec, List<String> domains, Backend backend) {
    Schema all = model.schema();
    Schema some = all.withDomains(domains);
    Engine engine = backend.compile(Models.build(spec, some));
    try {
      List<Integer> rows = domains.stream().map(all.domains()::indexOf).toList();
      for (Parameter parameter : engine.network().parameters()) {
        Parameter whole = model.network().parameter(parameter.name()).orElseThrow();
        if (parameter.rowKind() == RowKind.BY_DOMAIN) {
          for (int i = 0; i < rows.size(); i++) {
            int size = parameter.rowSize();
            long from = (long) rows.get(i) * size;
            copy(model.engine(), whole, from, size, engine, parameter, (long) i * size);
          }
        } else {
          copy(model.engine(), whole, 0, whole.size(), engine, parameter, 0);
        }
      }
      // Another name of its data: that one's columns count domains as the whole model does.
      ModelFile file =
          new ModelFile(
              spec,
              some,
              "some domains of " + model.dataset(),
              model.training(),
              model.calibration().map(scaling -> scaling.of(rows)));
      return new MloraModel(file, model.vocabularies(), engine);
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  private static void copy(
      Engine from, Parameter source, long at, long count, Engine to, Parameter target, long place) {
    FloatBuffer chunk =
        ByteBuffer.allocateDirect(Float.BYTES * (int) Math.min(CHUNK, count))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (long done = 0; done < count; done += CHUNK) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), count - done));
      from.read(source, Slot.VALUE, at + done, chunk);
      to.write(target, Slot.VALUE, place + done, chunk.rewind());
    }
  }
}
