/**
 * Does the whole thing hold when things break? Gateways as real processes on one real Redis, load
 * from outside, and an upstream that counts what arrives.
 */
@NullMarked
package io.apitwo.drill;

import org.jspecify.annotations.NullMarked;
