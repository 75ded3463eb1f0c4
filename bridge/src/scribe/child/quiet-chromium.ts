/** Off: what would call somebody outside, and what costs a server something for nobody's use. Chromium heeds only the last such list. */
const FEATURES_OFF = [
  // The popups of the address bar, each drawn by a process more for each window (a quarter of a second, measured).
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // Questions to a search engine, and to whoever made this Chromium.
  'AimEnabled',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PreconnectToSearch',
  // With those above, what Playwright turns off: it drives these browsers.
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
];

/** What Chromium asks for by itself when it starts, whatever is turned off (seen in its net log): nobody outside learns of a meeting. */
const HOSTS_OFF = ['*.google.com', '*.googleapis.com', '*.gstatic.com', '*.gvt1.com'];

/**
 * Arguments for a Chromium that a program drives: it asks nobody but the pages it is given.
 * @param features more of them to turn off
 */
export function quietChromium(features: readonly string[] = []): string[] {
  return [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-gpu',
    '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding',
    `--disable-features=${[...FEATURES_OFF, ...features].join(',')}`,
    `--host-resolver-rules=${HOSTS_OFF.map((host) => `MAP ${host} ~NOTFOUND`).join(', ')}`,
  ];
}
