export { DeviceSelect } from './device-select.tsx';
export { LevelMeter } from './level-meter.tsx';
