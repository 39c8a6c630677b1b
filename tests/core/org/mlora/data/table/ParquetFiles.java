package org.mlora.data.table;

import io.airlift.compress.snappy.SnappyCompressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** Writes a file; each value gets the consumer of its column, null is a missing one. */
  static Path write(
      Path file,
      MessageType schema,
      CompressionCodecName codec,
      List<List<Consumer<RecordConsumer>>> rows)
      throws IOException {
    Builder builder = new Builder(new LocalOutputFile(file), schema);
    if (codec != CompressionCodecName.ZSTD) {
      builder.withCodecFactory(new Packing());
    }
    try (ParquetWriter<List<Consumer<RecordConsumer>>> writer =
        builder.withCompressionCodec(codec).build()) {
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
        if (row.get(column) == null) {
          continue;
        }
        consumer.startField(schema.getFieldName(column), column);
        row.get(column).accept(consumer);
        consumer.endField(schema.getFieldName(column), column);
      }
      consumer.endMessage();
    }
  }

  /** Without the library's codecs, which need Hadoop or a native library. */
  private static final class Packing implements CompressionCodecFactory {
    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
      return new BytesInputCompressor() {
        @Override
        public BytesInput compress(BytesInput bytes) throws IOException {
          return BytesInput.from(pack(name, bytes.toByteArray()));
        }

        @Override
        public CompressionCodecName getCodecName() {
          return name;
        }

        @Override
        public void release() {
          // Holds nothing.
        }
      };
    }

    private static byte[] pack(CompressionCodecName name, byte[] bytes) throws IOException {
      return switch (name) {
        case SNAPPY -> snappy(bytes);
        case GZIP -> gzip(bytes);
        default -> bytes;
      };
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
        out.write(bytes);
      }
      return packed.toByteArray();
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
      throw new UnsupportedOperationException("these files are written, not read");
    }

    @Override
    public void release() {
      // Holds nothing.
    }
  }

  /** A block of Snappy's raw format. */
  static byte[] snappy(byte[] bytes) {
    SnappyCompressor snappy = new SnappyCompressor();
    byte[] packed = new byte[snappy.maxCompressedLength(bytes.length)];
    return Arrays.copyOf(packed, snappy.compress(bytes, 0, bytes.length, packed, 0, packed.length));
  }
}
