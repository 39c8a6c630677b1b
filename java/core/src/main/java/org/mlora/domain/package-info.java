/** Models of some of a model's domains: one exported, one dropped, adapters merged. */
@NullMarked
package org.mlora.domain;

import org.jspecify.annotations.NullMarked;
