package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.data.store.FileDigest;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;
import org.mlora.report.NumberText;

/**
 * What a checksum says of a downloaded file.
 *
 * @param published whether it is the published file; empty where no checksum is published
 * @param recorded whether it is the file of its record; empty where there was none
 * @param wrote whether a record was written
 */
record FileCheck(
    Path file,
    long bytes,
    String sha256,
    Optional<String> published,
    boolean recorded,
    boolean wrote) {
  /**
   * Checks a file.
   *
   * @param record whether a record is written where there is none
   * @throws InvalidInputException where it is not the published file, or not that of its record
   */
  static FileCheck of(Path file, boolean record) {
    String name = String.valueOf(file.getFileName());
    Optional<String> md5 = KnownData.md5(name);
    if (md5.isPresent()) {
      String own = FileDigest.md5(file);
      if (!own.equals(md5.get())) {
        throw new InvalidInputException(
            file + " has MD5 " + own + ", the published file " + md5.get() + "; download it again");
      }
    }
    String sha256 = FileDigest.sha256(file);
    Path kept = file.resolveSibling(name + ".sha256");
    boolean recorded = Files.exists(kept);
    if (recorded && !read(kept).equals(sha256)) {
      throw new InvalidInputException(
          file
              + " has SHA-256 "
              + sha256
              + ", its record "
              + kept
              + " another; the file was changed since, get it again or remove the record");
    }
    if (record && !recorded) {
      // As sha256sum writes it.
      TextFile.write(kept, sha256 + "  " + name);
    }
    return new FileCheck(file, size(file), sha256, md5, recorded, record && !recorded);
  }

  String text() {
    String known =
        published.isPresent()
            ? "is the published file (MD5 " + published.get() + ")"
            : "no checksum is published for it";
    String kept =
        recorded
            ? "; as recorded"
            : wrote ? "; recorded in " + file.getFileName() + ".sha256" : "; not recorded";
    return file
        + ": "
        + known
        + kept
        + "\n  "
        + NumberText.count(bytes)
        + " bytes, SHA-256 "
        + sha256;
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("file", file.toString()).put("bytes", bytes).put("sha256", sha256);
    json.put("published", published.isPresent()).put("recorded", recorded || wrote);
    return json;
  }

  private static String read(Path record) {
    try {
      return Files.readString(record).strip().split("\\s+", 2)[0];
    } catch (IOException e) {
      throw FileErrors.cannotRead(record, e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }
}
