package io.apitwo.count;

import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The demands of one lane in pieces, one a call: at most {@value RedisBatch#MOST} demands, and all
 * for the same script.
 */
final class RedisPieces {
  private final int demands;
  private final List<Piece> pieces = new ArrayList<>();

  /** Settles one piece. */
  interface Settler {
    /**
     * @param mixed whether it is for the mixed script
     */
    Future<List<@Nullable Grant>> settle(boolean mixed, List<Demand> demands);
  }

  /**
   * @param positions of its demands among all
   */
  private record Piece(boolean mixed, List<Demand> demands, List<Integer> positions) {}

  private RedisPieces(int demands) {
    this.demands = demands;
  }

  /** As few as possible. */
  static RedisPieces of(List<Demand> demands) {
    RedisPieces all = new RedisPieces(demands.size());
    Piece lean = null;
    Piece mixed = null;
    for (int i = 0; i < demands.size(); i++) {
      Demand demand = demands.get(i);
      boolean isMixed = RedisForm.isMixed(demand.charge());
      Piece piece = isMixed ? mixed : lean;
      if (piece == null || piece.demands.size() == RedisBatch.MOST) {
        piece = all.open(isMixed);
      }
      piece.demands.add(demand);
      piece.positions.add(i);
      lean = isMixed ? lean : piece;
      mixed = isMixed ? piece : mixed;
    }
    return all;
  }

  /** One a demand. */
  static RedisPieces each(List<Demand> demands) {
    RedisPieces all = new RedisPieces(demands.size());
    for (int i = 0; i < demands.size(); i++) {
      Piece piece = all.open(RedisForm.isMixed(demands.get(i).charge()));
      piece.demands.add(demands.get(i));
      piece.positions.add(i);
    }
    return all;
  }

  private Piece open(boolean mixed) {
    Piece piece = new Piece(mixed, new ArrayList<>(), new ArrayList<>());
    pieces.add(piece);
    return piece;
  }

  /**
   * @return a grant for each demand, in their order; null for those whose piece has failed. Fails
   *     if all pieces fail
   */
  Future<List<@Nullable Grant>> settle(Settler settler) {
    if (pieces.size() == 1) {
      return settler.settle(pieces.get(0).mixed, pieces.get(0).demands);
    }
    List<Future<List<@Nullable Grant>>> calls = new ArrayList<>(pieces.size());
    for (Piece piece : pieces) {
      calls.add(settler.settle(piece.mixed, piece.demands));
    }
    return Future.join(calls)
        .transform(
            done ->
                calls.stream().noneMatch(Future::succeeded)
                    ? Future.failedFuture(gravest(calls))
                    : Future.succeededFuture(merge(calls)));
  }

  /** Of several failures one that leaves in doubt what was done, if there is one. */
  static Throwable gravest(Collection<? extends Future<?>> failed) {
    return failed.stream()
        .map(Future::cause)
        .filter(StoreUnavailableException::isInDoubt)
        .findFirst()
        .orElseGet(() -> failed.iterator().next().cause());
  }

  private List<@Nullable Grant> merge(List<Future<List<@Nullable Grant>>> calls) {
    @Nullable Grant[] grants = new Grant[demands];
    for (int i = 0; i < calls.size(); i++) {
      Piece piece = pieces.get(i);
      for (int j = 0; j < piece.positions.size() && calls.get(i).succeeded(); j++) {
        grants[piece.positions.get(j)] = calls.get(i).result().get(j);
      }
    }
    return Arrays.asList(grants);
  }
}
