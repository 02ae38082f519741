/**
 * What is allowed? The values of rate limiting and their arithmetic: windows, quotas, charges and
 * decisions.
 *
 * <p>In come a limit, a client and a time; out comes what is left. Nothing here waits, locks, logs
 * or knows a library: it is the JDK alone, so that every rule can be read in minutes and tested
 * with tables and properties.
 */
@NullMarked
package io.apitwo.limit;

import org.jspecify.annotations.NullMarked;
