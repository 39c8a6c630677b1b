package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.UnsupportedDeviceException;

/** The places that are tried, with files that stand for the library. */
class NativeLoaderTest {
  private static final byte[] LIBRARY = "a library".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;
  private final List<String> linked = new ArrayList<>();

  @Test
  void unpacks_into_a_folder_named_by_the_content() throws Exception {
    Path file = loader(settings(), this::link).load(packed());

    assertThat(file).isEqualTo(cachedFile());
    assertThat(linked).containsExactly("a library");
    assertThat(names(cachedFile().getParent())).containsExactly(NativeLibrary.FILE_NAME);
  }

  @Test
  void reads_the_packed_library_only_when_the_cache_lacks_it() {
    loader(settings(), this::link).load(packed());
    NativeSource unreadable =
        new NativeSource(
            NativeLibrary.FILE_NAME,
            sha256(LIBRARY),
            () -> {
              throw new IOException("read again");
            });

    assertThat(loader(settings(), this::link).load(Optional.of(unreadable)))
        .isEqualTo(cachedFile());
  }

  @Test
  void repairs_a_truncated_cache_entry() throws Exception {
    Files.createDirectories(cachedFile().getParent());
    Files.writeString(cachedFile(), "a lib");

    loader(settings(), this::link).load(packed());

    assertThat(linked).containsExactly("a library");
    assertThat(cachedFile()).hasBinaryContent(LIBRARY);
  }

  @Test
  void repairs_a_cache_entry_of_the_same_size_with_other_bytes() throws Exception {
    Files.createDirectories(cachedFile().getParent());
    Files.writeString(cachedFile(), "a libraru");

    loader(settings(), this::link).load(packed());

    assertThat(linked).containsExactly("a library");
  }

  @Test
  void takes_a_temporary_copy_where_the_cache_cannot_be_written() throws Exception {
    // A file where the folder should be: refused to every user, root too.
    Files.writeString(folder.resolve("cache"), "in the way");

    Path file = loader(settings(), this::link).load(packed());

    assertThat(file).startsWithRaw(folder.resolve("tmp"));
    assertThat(linked).containsExactly("a library");
    assertThat(names(folder.resolve("tmp"))).as("nothing stays behind").isEmpty();
  }

  @Test
  void takes_a_temporary_copy_where_the_cached_file_cannot_be_executed() {
    Path file =
        loader(
                settings(),
                candidate -> {
                  if (candidate.startsWith(folder.resolve("cache"))) {
                    throw new UnsatisfiedLinkError("failed to map segment");
                  }
                  link(candidate);
                })
            .load(packed());

    assertThat(file).startsWithRaw(folder.resolve("tmp"));
  }

  @Test
  void names_every_place_the_reasons_and_the_remedy_when_all_fail() {
    NativeLoader loader =
        loader(
            settings(),
            candidate -> {
              throw new UnsatisfiedLinkError(candidate + ": failed to map segment");
            });

    assertThatThrownBy(() -> loader.load(packed()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining(": tried " + cachedFile() + ": failed to map segment; ")
        .hasMessageContaining(folder.resolve("tmp").toString())
        .hasMessageContaining("-Dmlora.native.dir=DIR")
        .hasMessageContaining("--device reference");
  }

  @Test
  void says_that_a_library_is_built_for_a_newer_linux_and_that_no_place_would_do() {
    NativeLoader loader =
        loader(
            settings(),
            candidate -> {
              throw new UnsatisfiedLinkError(
                  candidate
                      + ": /lib/libc.so.6: version `GLIBC_2.99' not found (required by "
                      + candidate
                      + ")");
            });

    assertThatThrownBy(() -> loader.load(packed()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessage(
            "the native library cannot be loaded: "
                + cachedFile()
                + ": /lib/libc.so.6: version `GLIBC_2.99' not found; it was built for a newer Linux:"
                + " build it on this machine or on one as old, with tools/jar, or run with --device"
                + " reference");
  }

  @Test
  void says_which_option_allows_what_the_jvm_denies() {
    NativeLoader loader =
        loader(
            settings(),
            candidate -> {
              throw new IllegalCallerException("Illegal native access from module org.example");
            });

    assertThatThrownBy(() -> loader.load(packed()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessage(
            "the native library cannot be loaded: Illegal native access from module org.example;"
                + " start Java with --enable-native-access=ALL-UNNAMED, or with the name of that"
                + " module; or run with --device reference");
  }

  @Test
  void refuses_a_packed_library_that_does_not_match_its_checksum() {
    NativeSource damaged =
        new NativeSource(NativeLibrary.FILE_NAME, sha256(LIBRARY), () -> new byte[] {1, 2, 3});

    assertThatThrownBy(() -> NativeCache.unpack(damaged, folder.resolve("cache")))
        .hasMessageContaining("does not match its checksum");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void takes_the_library_of_the_folder_that_the_user_names() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(own.resolve(NativeLibrary.FILE_NAME), "my library");

    loader(settings(own), this::link).load(packed());

    assertThat(linked).containsExactly("my library");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void says_so_when_the_folder_that_the_user_names_has_no_library() {
    Path own = folder.resolve("own");

    assertThatThrownBy(() -> loader(settings(own), this::link).load(packed()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining(own.resolve(NativeLibrary.FILE_NAME) + ": no such file")
        .hasMessageContaining("-Dmlora.native.dir");
    assertThat(linked).isEmpty();
  }

  @Test
  void names_platform_and_reference_backend_where_no_library_is_packed() {
    assertThatThrownBy(() -> loader(settings(), this::link).load(Optional.empty()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining(System.getProperty("os.name") + "/" + System.getProperty("os.arch"))
        .hasMessageContaining("--device reference");
  }

  @Test
  void settings_follow_the_environment() {
    Properties properties = new Properties();
    properties.setProperty("user.home", "/home/ada");
    properties.setProperty("java.io.tmpdir", "/tmp");

    assertThat(NativeSettings.of(properties, Map.of()).cache())
        .contains(Path.of("/home/ada/.cache/mlora"));
    assertThat(NativeSettings.of(properties, Map.of("XDG_CACHE_HOME", "/caches")).cache())
        .contains(Path.of("/caches/mlora"));
    assertThat(NativeSettings.of(properties, Map.of("XDG_CACHE_HOME", "relative")).cache())
        .as("the XDG specification has relative paths ignored")
        .contains(Path.of("/home/ada/.cache/mlora"));
  }

  @Test
  void a_cache_that_no_path_leads_to_is_none() {
    Properties properties = new Properties();
    properties.setProperty("user.home", "/home/ada");
    properties.setProperty("java.io.tmpdir", "/tmp");

    assertThat(NativeSettings.of(properties, Map.of("XDG_CACHE_HOME", "/caches/\0")).cache())
        .as("as letters that a locale does not have are refused")
        .contains(Path.of("/home/ada/.cache/mlora"));

    properties.setProperty("mlora.native.dir", "\0");
    assertThatThrownBy(() -> NativeSettings.of(properties, Map.of()))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageStartingWith("-Dmlora.native.dir=")
        .hasMessageEndingWith(" is no path here; correct or leave it out");
  }

  @Test
  void settings_of_a_user_whom_the_system_does_not_know() {
    Properties properties = new Properties();
    properties.setProperty("user.home", "?");
    properties.setProperty("java.io.tmpdir", "/tmp");

    assertThat(NativeSettings.of(properties, Map.of("HOME", "/data")).cache())
        .contains(Path.of("/data/.cache/mlora"));
    assertThat(NativeSettings.of(properties, Map.of("HOME", "data")).cache()).isEmpty();
    assertThat(NativeSettings.of(properties, Map.of()).cache()).isEmpty();
  }

  @Test
  void takes_a_temporary_copy_where_there_is_no_cache() {
    NativeSettings settings =
        new NativeSettings(Optional.empty(), Optional.empty(), temporaryFolder());

    assertThat(loader(settings, this::link).load(packed())).startsWithRaw(folder.resolve("tmp"));
  }

  private NativeSettings settings() {
    return new NativeSettings(
        Optional.empty(), Optional.of(folder.resolve("cache")), temporaryFolder());
  }

  private NativeSettings settings(Path own) {
    return new NativeSettings(
        Optional.of(own), Optional.of(folder.resolve("cache")), temporaryFolder());
  }

  private Path temporaryFolder() {
    try {
      return Files.createDirectories(folder.resolve("tmp"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NativeLoader loader(NativeSettings settings, Consumer<Path> link) {
    Packing packing =
        new Packing(
            NativeLibrary.FILE_NAME, "the native library", "a.jar", "run with --device reference");
    return new NativeLoader(settings, packing, link);
  }

  private void link(Path file) {
    try {
      linked.add(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path cachedFile() {
    return folder
        .resolve("cache")
        .resolve(sha256(LIBRARY).substring(0, 16))
        .resolve(NativeLibrary.FILE_NAME);
  }

  private static Optional<NativeSource> packed() {
    return Optional.of(
        new NativeSource(NativeLibrary.FILE_NAME, sha256(LIBRARY), () -> LIBRARY.clone()));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
