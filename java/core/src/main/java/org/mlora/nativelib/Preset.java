package org.mlora.nativelib;

import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * How JavaCPP reads {@code native/include/mlora.h}; what it makes of it is committed in {@code
 * src/gen/java}. See CONTRIBUTING.md for how to generate it again.
 */
@Properties(
    value = @Platform(cinclude = "mlora.h", library = "jnimlora"),
    target = "org.mlora.nativelib.gen",
    global = "org.mlora.nativelib.gen.Mlora")
@NoException
public class Preset implements InfoMapper {
  @Override
  public void map(InfoMap map) {
    map.put(new Info("mlora_network").pointerTypes("MloraNetwork"));
    map.put(new Info("mlora_columns").pointerTypes("MloraColumns"));
    map.put(new Info("mlora_engine").pointerTypes("MloraEngine"));
    map.put(new Info("const char").valueTypes("byte").pointerTypes("String"));
  }
}
