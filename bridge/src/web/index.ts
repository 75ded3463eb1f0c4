export { createApi, createInternal } from './api.ts';
export { createHomeserverProxy } from './homeserver-proxy.ts';
export { listen } from './listener.ts';
export { messengerHeaders, widgetHeaders } from './policies.ts';
export { createStaticFiles } from './static-files.ts';
