package org.mlora.cuda.emulated;

import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;
import org.mlora.cuda.library.Preset;

/** How JavaCPP reads {@code tests/native/emulator/mlora_emulated.h}. */
@Properties(
    inherit = Preset.class,
    value = @Platform(cinclude = "mlora_emulated.h", library = "jnimlora_cuda"),
    target = "org.mlora.cuda.emulated.gen",
    global = "org.mlora.cuda.emulated.gen.MloraEmulated")
@NoException
public class EmulatedPreset implements InfoMapper {
  @Override
  public void map(InfoMap map) {
    map.put(new Info("mlora_emulated_graph").pointerTypes("EmulatedGraphHandle"));
    map.put(new Info("mlora_emulated_event").pointerTypes("EmulatedEventHandle"));
  }
}
