/** What somebody's device says of itself in the room's call, as it stands in the membership's state event. */
export const CALL_MEMBERSHIP = {
  application: 'm.call',
  call_id: '',
  device_id: 'DEV',
  expires: 14_400_000,
  foci_preferred: [{ type: 'livekit', livekit_service_url: 'http://x.example' }],
} as const;
