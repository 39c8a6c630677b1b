/** Results for people: a page with charts, and tables for terminals. */
@NullMarked
package org.mlora.report;

import org.jspecify.annotations.NullMarked;
