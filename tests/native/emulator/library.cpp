// The shared library takes in all of mlora_emulated_device; a library needs a source of its own.
#include "mlora_emulated.h"
