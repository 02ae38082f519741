/**
 * What happened? The log, the access log and, later, every meter: their names, units and forms in
 * one place.
 *
 * <p>In come events; out come lines that hold no secret and no raw byte of a client.
 */
@NullMarked
package io.apitwo.telemetry;

import org.jspecify.annotations.NullMarked;
