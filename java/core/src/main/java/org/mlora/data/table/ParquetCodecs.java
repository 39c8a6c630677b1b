package org.mlora.data.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.mlora.error.InvalidInputException;

/**
 * Unpacks the pages of a file, all but zstd in Java, and without Hadoop, whose codecs these are.
 */
final class ParquetCodecs implements CompressionCodecFactory {
  private final Path file;
  private final CompressionCodecFactory library = HadoopCodecs.newFactory(0);

  ParquetCodecs(Path file) {
    this.file = file;
  }

  /** Gives the bytes of a page. */
  private interface Codec {
    byte[] unpack(BytesInput packed, int size) throws IOException;
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    return switch (name) {
      case SNAPPY -> pages((packed, size) -> Snappy.unpack(packed.toByteArray(), size));
      case GZIP ->
          pages((packed, size) -> new GZIPInputStream(packed.toInputStream()).readNBytes(size));
      case UNCOMPRESSED, ZSTD, LZ4_RAW -> library.getDecompressor(name);
      default ->
          throw new InvalidInputException(
              file
                  + " is packed with "
                  + name
                  + ", which is not read; write it with snappy, gzip, zstd or no compression");
    };
  }

  private static BytesInputDecompressor pages(Codec codec) {
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput packed, int size) throws IOException {
        return BytesInput.from(codec.unpack(packed, size));
      }

      @Override
      public void decompress(ByteBuffer packed, int packedSize, ByteBuffer page, int size)
          throws IOException {
        ByteBuffer part = packed.slice().limit(packedSize);
        page.put(codec.unpack(BytesInput.from(part), size));
        packed.position(packed.position() + packedSize);
      }

      @Override
      public void release() {
        // Holds nothing.
      }
    };
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    throw new UnsupportedOperationException("files are read, not written");
  }

  @Override
  public void release() {
    library.release();
  }
}
