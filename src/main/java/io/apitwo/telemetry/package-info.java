/**
 * What happened? The log, the access log and every meter: their names, units and forms in one
 * place.
 *
 * <p>In come events; out come lines that hold no secret and no raw byte of a client, and series of
 * which no client can make one more.
 */
@NullMarked
package io.apitwo.telemetry;

import org.jspecify.annotations.NullMarked;
