// The page without a network: installs the service worker (sw.js) once everything else is done.

/** Browsers have service workers on secure pages only (https, or this machine itself). */
export function installWorker() {
  if (!('serviceWorker' in navigator) || !window.isSecureContext) return;
  const register = () => navigator.serviceWorker.register('/sw.js').catch(() => null);
  if (document.readyState === 'complete') register();
  else window.addEventListener('load', register, { once: true });
}
