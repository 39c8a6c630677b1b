package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/**
 * Turns rows of text into columns, batch by batch, as a model reads them. Unknown texts become id
 * 0. Buffers are reused: columns of a batch are valid until {@link #clear}.
 */
public final class RowEncoder {
  private final Schema schema;
  private final TableReader table;
  private final UnknownDomain unknown;
  private final Vocabulary domains;
  private final List<CellEncoder> cells = new ArrayList<>();
  private final int[] columns;
  private final int domainColumn;
  private final OptionalInt labelColumn;
  private final LabelRule.Reader label;
  private final IntBuffer domainIds;
  private final FloatBuffer labels;
  private final int capacity;
  private int rows;

  /**
   * Prepares for the rows of a table without their labels.
   *
   * @param domains the schema's domains, in their order
   * @param vocabularies those of the schema's fields
   * @param capacity most rows of a batch
   * @throws InvalidInputException where the table lacks a column of the schema
   */
  public RowEncoder(
      Schema schema,
      Vocabulary domains,
      Vocabularies vocabularies,
      TableReader table,
      UnknownDomain unknown,
      int capacity) {
    this(schema, domains, vocabularies, table, unknown, false, capacity);
  }

  /**
   * Prepares for the rows of a table.
   *
   * @param vocabularies those of the schema's fields
   * @param labelled whether labels are read too, by the schema's rule
   * @param capacity most rows of a batch
   * @throws InvalidInputException where the table lacks a column of the schema
   */
  public RowEncoder(
      Schema schema,
      Vocabularies vocabularies,
      TableReader table,
      UnknownDomain unknown,
      boolean labelled,
      int capacity) {
    this(schema, schema.domainIds(), vocabularies, table, unknown, labelled, capacity);
  }

  private RowEncoder(
      Schema schema,
      Vocabulary domains,
      Vocabularies vocabularies,
      TableReader table,
      UnknownDomain unknown,
      boolean labelled,
      int capacity) {
    this.schema = schema;
    this.domains = domains;
    this.table = table;
    this.unknown = unknown;
    this.capacity = capacity;
    LabelRule rule = LabelRule.parse(schema.labelRule());
    this.label = rule.reader();
    this.labelColumn = labelled ? OptionalInt.of(table.column(rule.column())) : OptionalInt.empty();
    this.domainColumn = table.column(schema.domain());
    this.columns = schema.fields().stream().mapToInt(f -> table.column(f.name())).toArray();
    for (Field field : schema.fields()) {
      cells.add(CellEncoder.of(field, vocabularies, capacity));
    }
    this.domainIds = DirectBuffers.ints(capacity);
    this.labels = DirectBuffers.floats(capacity);
  }

  /**
   * Adds the table's current row; false where it is skipped for its unknown domain.
   *
   * @throws InvalidInputException with file, line and field where a cell cannot be used; the batch
   *     then holds the rows before
   */
  public boolean add() {
    if (rows == capacity) {
      throw new IllegalStateException("the batch is full: " + capacity + " rows");
    }
    int from = table.start(domainColumn);
    int domain = domains.id(table.bytes(), from, table.end(domainColumn)) - 1;
    if (domain < 0) {
      switch (unknown) {
        case SKIP -> {
          return false;
        }
        case ERROR -> throw unknownDomain();
        case FALLBACK -> {
          // -1 stays: the backbone answers.
        }
      }
    }
    if (labelColumn.isPresent()) {
      labels.put(rows, label.positive(table, labelColumn.getAsInt()) ? 1f : 0f);
    }
    domainIds.put(rows, domain);
    for (int i = 0; i < columns.length; i++) {
      cells.get(i).put(rows, table, columns[i]);
    }
    rows++;
    return true;
  }

  private InvalidInputException unknownDomain() {
    return new InvalidInputException(
        table.place()
            + ": "
            + schema.domain()
            + " '"
            + table.text(domainColumn)
            + "' is not in the schema ("
            + domains.size()
            + " known domains); add it with 'mlora onboard', or choose fallback or skip for unknown"
            + " domains");
  }

  /** Rows of the batch so far. */
  public int rows() {
    return rows;
  }

  /** Whether the batch is full. */
  public boolean full() {
    return rows == capacity;
  }

  /** The batch: labels are empty where none are read. */
  public Columns columns() {
    return new Columns(
        rows,
        cells.stream().map(c -> c.column(rows)).toList(),
        domainIds.slice(0, rows),
        labels.slice(0, labelColumn.isPresent() ? rows : 0));
  }

  /** Starts the next batch. */
  public void clear() {
    rows = 0;
    cells.forEach(CellEncoder::clear);
  }
}
