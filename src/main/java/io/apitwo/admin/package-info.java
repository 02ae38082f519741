/**
 * What may the operator see and do? The management listener: health for orchestrators, and the
 * admin API behind a bearer token.
 *
 * <p>In come requests on a port of their own; out come JSON answers about what the other rooms
 * know.
 */
@NullMarked
package io.apitwo.admin;

import org.jspecify.annotations.NullMarked;
