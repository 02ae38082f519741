/**
 * Who talks to whom? The event-bus addresses with their scope, the messages that travel there, and
 * their codecs.
 *
 * <p>Messages inside a node are immutable values passed by reference.
 */
@NullMarked
package io.apitwo.bus;

import org.jspecify.annotations.NullMarked;
