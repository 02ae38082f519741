/**
 * Who calls? From a request's peer address and headers to the address of the client and to the
 * client key of each limit.
 *
 * <p>In come what the request carries and whom the settings trust; out comes a bounded, printable
 * key that no other client can take. Nothing here waits or looks a name up, but for key sets, which
 * are fetched beforehand, and API keys that are in Redis. Only what verifies signatures and fetches
 * key sets knows Vert.x.
 */
@NullMarked
package io.apitwo.identify;

import org.jspecify.annotations.NullMarked;
