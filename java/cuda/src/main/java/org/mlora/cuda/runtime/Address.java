package org.mlora.cuda.runtime;

/** Names a resource of a device in leak reports: what it is, and its address or handle. */
record Address(String kind, long value) {}
