/**
 * How does a request become a response? The life of a request, from the listener to the upstream
 * and back.
 *
 * <p>In come requests; the gate gives each one canonical target, a route, a client and a decision;
 * out come the upstream's responses or the gateway's own answers. A decision is made before
 * anything is forwarded.
 */
@NullMarked
package io.apitwo.proxy;

import org.jspecify.annotations.NullMarked;
