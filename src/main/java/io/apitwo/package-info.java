/**
 * How is a node put together? The only place that knows every package, and wires their ports.
 *
 * <p>In come arguments, settings and signals; out comes a running gateway, and a clean end.
 */
@NullMarked
package io.apitwo;

import org.jspecify.annotations.NullMarked;
