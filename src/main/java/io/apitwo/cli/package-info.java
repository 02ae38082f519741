/**
 * What can the jar do besides running? Its own subcommands, for the terminal and for scripts.
 *
 * <p>In come arguments; out come lines and an exit code: 0 for yes, 1 for refused, 2 for wrong use.
 */
@NullMarked
package io.apitwo.cli;

import org.jspecify.annotations.NullMarked;
