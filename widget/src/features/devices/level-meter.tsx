import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import './level-meter.css';

const BARS = 12;
/** Quiet speech to loud speech, in dB of the signal's power. */
const FLOOR_DB = -52;
const CEILING_DB = -12;

/** How many of the bars a block of samples lights. */
export function barsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const db = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-9);
  const share = (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB);
  return Math.round(Math.min(1, Math.max(0, share)) * BARS);
}

/** Bars that move with the person's voice. Written straight to the element: no component is drawn 60 times a second. */
export function LevelMeter() {
  const { t } = useTranslation();
  const call = useCall();
  const element = useRef<HTMLDivElement>(null);
  const on = useAppSelector((state) => state.local.microphone.phase === 'on' && state.local.microphone.wanted);
  const device = useAppSelector((state) => state.local.chosen.audioinput);
  const trouble = useAppSelector((state) => state.local.microphone.trouble !== undefined);
  useEffect(() => {
    const target = element.current;
    const track = on ? call.local.microphone()?.mediaStreamTrack : undefined;
    if (target === null || track === undefined) return undefined;
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let frame = 0;
    const draw = (): void => {
      analyser.getFloatTimeDomainData(samples);
      target.style.setProperty('--lit', String(barsOf(samples)));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      target.style.setProperty('--lit', '0');
      void context.close();
    };
  }, [call, on, device]);
  if (trouble) return null;
  return (
    <div className="meter" ref={element} role="img" aria-label={t('lobby.level')} title={t('lobby.speak')}>
      {Array.from({ length: BARS }, (_, index) => (
        <span key={index} className="meter-bar" style={{ '--bar': index } as React.CSSProperties} />
      ))}
    </div>
  );
}
