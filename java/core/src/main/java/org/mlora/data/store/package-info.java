/** Files and folders that appear whole or not at all, and their checksums. */
@NullMarked
package org.mlora.data.store;

import org.jspecify.annotations.NullMarked;
