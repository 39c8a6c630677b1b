package org.mlora.data.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.mlora.error.InvalidInputException;

/**
 * Size and SHA-256 of every file of a folder, kept there as {@code manifest.json}.
 *
 * @param format what the folder is, for example {@code mlora-dataset}
 * @param version version of that format
 */
public record Manifest(String format, int version, List<Entry> files) {
  /** Its file name. */
  public static final String NAME = "manifest.json";

  /** How the formats of this program begin. */
  private static final String OURS = "mlora-";

  private static final int MAX_MEBIBYTES = 64;

  /** Copies the list. */
  public Manifest {
    files = List.copyOf(files);
  }

  /** A file, its path below the folder with {@code /} between names. */
  public record Entry(String path, long bytes, String sha256) {}

  /** Lists and hashes the files of a folder, sorted by path. */
  public static Manifest of(Path folder, String format, int version) {
    return of(folder, format, version, () -> {});
  }

  /**
   * Lists and hashes the files of a folder, sorted by path.
   *
   * @param step called before each file; may throw to end the work
   */
  public static Manifest of(Path folder, String format, int version, Runnable step) {
    List<Entry> entries = new ArrayList<>();
    try {
      for (String name : FolderTree.files(folder)) {
        Path file = folder.resolve(name);
        step.run();
        if (!name.equals(NAME)) {
          entries.add(new Entry(name, Files.size(file), FileDigest.sha256(file)));
        }
      }
    } catch (IOException e) {
      throw FileErrors.cannotRead(folder, e);
    }
    return new Manifest(format, version, entries);
  }

  /** Writes it into the folder. */
  public void write(Path folder) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("format", format).put("version", version);
    ArrayNode list = root.putArray("files");
    for (Entry entry : files) {
      list.addObject()
          .put("path", entry.path())
          .put("bytes", entry.bytes())
          .put("sha256", entry.sha256());
    }
    Path path = folder.resolve(NAME);
    try {
      Files.writeString(path, root.toPrettyString() + "\n");
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }

  /** Reads the manifest of a folder and checks that it is of that format and version. */
  public static Manifest read(Path folder, String format, int version) {
    Path path = folder.resolve(NAME);
    JsonNode root = parse(path);
    String found = root.path("format").asText();
    if (!found.equals(format)) {
      throw damaged(path, "its format is '" + found + "', not '" + format + "'");
    }
    if (root.path("version").asInt(-1) != version) {
      throw damaged(
          path,
          "its version is "
              + root.path("version")
              + "; this program reads "
              + version
              + ", use the one that wrote it");
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode node : root.path("files")) {
      JsonNode size = node.path("bytes");
      String name = node.path("path").asText();
      if (!isBelow(folder, name) || !size.isIntegralNumber()) {
        throw damaged(path, "the entry '" + name + "' is not a file of the folder");
      }
      entries.add(new Entry(name, size.asLong(), node.path("sha256").asText()));
    }
    return new Manifest(format, version, entries);
  }

  /** The folder with a manifest of this program that a file is in, directly or not. */
  public static Optional<Path> folderAbove(Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    while (folder != null && !isOurs(folder.resolve(NAME))) {
      folder = folder.getParent();
    }
    return Optional.ofNullable(folder);
  }

  private static boolean isOurs(Path manifest) {
    try {
      return Files.isRegularFile(manifest)
          && parse(manifest).path("format").asText().startsWith(OURS);
    } catch (InvalidInputException e) {
      return false;
    }
  }

  private static boolean isBelow(Path folder, String name) {
    try {
      return !name.isEmpty() && !name.contains("..") && folder.resolve(name).startsWith(folder);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Checks that every file is there with its size. */
  public void checkSizes(Path folder) {
    for (Entry entry : files) {
      Path file = folder.resolve(entry.path());
      if (!RegularFile.isThere(file)) {
        throw new InvalidInputException(file + " is missing; prepare the data again");
      }
      try {
        long size = Files.size(file);
        if (size != entry.bytes()) {
          throw new InvalidInputException(
              file
                  + " has "
                  + size
                  + " bytes where the manifest says "
                  + entry.bytes()
                  + "; it is damaged, prepare the data again");
        }
      } catch (IOException e) {
        throw FileErrors.cannotRead(file, e);
      }
    }
  }

  /** Reads every file and compares its checksum. */
  public void checkContents(Path folder) {
    checkSizes(folder);
    for (Entry entry : files) {
      Path file = folder.resolve(entry.path());
      if (!FileDigest.sha256(file).equals(entry.sha256())) {
        throw new InvalidInputException(
            file + " differs from its checksum; it is damaged, prepare the data again");
      }
    }
  }

  /**
   * Checks that files are listed, which otherwise nothing would notice a change of.
   *
   * @throws InvalidInputException naming the first that is not
   */
  public void requireLists(Path folder, List<String> needed, String remedy) {
    Set<String> listed = files.stream().map(Entry::path).collect(Collectors.toSet());
    for (String file : needed) {
      if (!listed.contains(file)) {
        throw damaged(folder.resolve(NAME), "it does not list " + file + "; " + remedy);
      }
    }
  }

  /** Whether the file is listed. */
  public boolean lists(String path) {
    return files.stream().anyMatch(e -> e.path().equals(path));
  }

  private static InvalidInputException damaged(Path path, String what) {
    return new InvalidInputException(path + " cannot be used: " + what);
  }

  private static JsonNode parse(Path path) {
    return StrictJson.read(path, MAX_MEBIBYTES, "manifest");
  }
}
