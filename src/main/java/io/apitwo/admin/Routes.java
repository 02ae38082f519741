package io.apitwo.admin;

/** Operations that belong together. The root makes each group with the ports that it needs. */
public interface Routes {
  /** Called once, before the listener takes requests. */
  void addTo(AdminRouter router);
}
