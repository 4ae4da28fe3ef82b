//! What operators rely on: metrics, and the dashboard and alerts made of them; logs; the unit of systemd;
//! manual pages; where a started server says everything is.

mod files;
mod logs;
mod manual;
mod metrics;
