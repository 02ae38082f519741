/**
 * Where does it go? Picks one of an upstream's targets, and keeps away from those that did not
 * answer.
 *
 * <p>In comes an upstream of the rules; out comes a target's address.
 */
@NullMarked
package io.apitwo.upstream;

import org.jspecify.annotations.NullMarked;
