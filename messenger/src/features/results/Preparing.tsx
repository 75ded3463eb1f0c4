import { Hourglass } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { awaitedOf } from './awaited.ts';

const CHECK_MS = 60_000;

/** Results that are on their way, so that nobody thinks there are none. */
export function Preparing({ item }: { readonly item: MessageItem }) {
  const { t } = useTranslation();
  const [nowMs, setNowMs] = useState(() => Date.now());
  const awaited = awaitedOf(item, nowMs);
  const waits = awaited.length > 0;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), CHECK_MS);
    return () => clearInterval(timer);
  }, [waits]);
  return awaited.map((what) => (
    <p key={what} className="card-recording" data-testid="meeting-preparing">
      <Hourglass size={16} aria-hidden="true" />
      {t(`results.preparing.${what}`)}
    </p>
  ));
}
