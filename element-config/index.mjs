/** Element Web's `config.json` for a homeserver with Palabre: our widget stands where Element Call's bundled build would. */

/**
 * @typedef {object} ElementValues
 * @property {string} serverName
 * @property {string} publicUrl homeserver's client API as browsers see it, without trailing slash
 */

/**
 * The widget itself is not named here: Element Web opens whatever is served under `widgets/element-call/` of its own origin, so
 * the deployment lays `widget/dist` over that folder (docs/element.md).
 * @param {ElementValues} values
 */
export function elementConfig({ serverName, publicUrl }) {
  return {
    default_server_config: { 'm.homeserver': { base_url: publicUrl, server_name: serverName } },
    disable_custom_urls: true,
    disable_guests: true,
    brand: 'Element',
    features: { feature_group_calls: true, feature_video_rooms: false },
    element_call: { use_exclusively: true, brand: 'Palabre' },
    show_labs_settings: false,
  };
}
