package org.mlora.data.table;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/** Parquet files of any types, as other programs write them. */
final class ParquetFiles {
  private ParquetFiles() {}

  /** Writes a file; each value gets the consumer of its column. */
  static Path write(
      Path file, MessageType schema, boolean gzip, List<List<Consumer<RecordConsumer>>> rows)
      throws IOException {
    Builder builder = new Builder(new LocalOutputFile(file), schema);
    if (gzip) {
      builder.withCodecFactory(new Gzip()).withCompressionCodec(CompressionCodecName.GZIP);
    }
    try (ParquetWriter<List<Consumer<RecordConsumer>>> writer = builder.build()) {
      for (List<Consumer<RecordConsumer>> row : rows) {
        writer.write(row);
      }
    }
    return file;
  }

  private static final class Builder
      extends ParquetWriter.Builder<List<Consumer<RecordConsumer>>, Builder> {
    private final MessageType schema;

    Builder(OutputFile file, MessageType schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<List<Consumer<RecordConsumer>>> getWriteSupport(Configuration ignored) {
      return new Rows(schema);
    }
  }

  private static final class Rows extends WriteSupport<List<Consumer<RecordConsumer>>> {
    private final MessageType schema;
    private RecordConsumer consumer;

    Rows(MessageType schema) {
      this.schema = schema;
    }

    @Override
    public WriteContext init(Configuration configuration) {
      return new WriteContext(schema, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(List<Consumer<RecordConsumer>> row) {
      consumer.startMessage();
      for (int column = 0; column < row.size(); column++) {
        consumer.startField(schema.getFieldName(column), column);
        row.get(column).accept(consumer);
        consumer.endField(schema.getFieldName(column), column);
      }
      consumer.endMessage();
    }
  }

  private static final class Gzip
      implements CompressionCodecFactory, CompressionCodecFactory.BytesInputCompressor {
    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
      return this;
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
      throw new UnsupportedOperationException("these files are written, not read");
    }

    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
        bytes.writeAllTo(out);
      }
      return BytesInput.from(packed.toByteArray());
    }

    @Override
    public CompressionCodecName getCodecName() {
      return CompressionCodecName.GZIP;
    }

    @Override
    public void release() {
      // Holds nothing.
    }
  }
}
