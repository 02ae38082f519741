package io.apitwo.admin;

import io.vertx.core.Future;

/** One operation of the admin API. Called on the management listener's event loop. */
@FunctionalInterface
interface Operation {
  /**
   * @return what to say; a failure is said by {@link Failures}
   * @throws Exception likewise
   */
  Future<Answer> answer(Call call) throws Exception;
}
