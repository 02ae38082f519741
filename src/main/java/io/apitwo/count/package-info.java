/**
 * What was used? The counter stores, behind one port.
 *
 * <p>In comes a batch of demands; out come grants, each decided whole: all buckets of a charge or
 * none. Every store passes the same contract suite.
 */
@NullMarked
package io.apitwo.count;

import org.jspecify.annotations.NullMarked;
