import { Ellipsis } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Control } from './control.tsx';

const load = () => import('./more-menu.tsx');
const MoreMenu = lazy(load);

/** The menu's parts are fetched when somebody is about to need them, or when the call has been quiet for a while. */
const QUIET_MS = 5_000;

/** The button that opens the menu. Until the menu is here it is a plain one, which remembers that it was pressed. */
export function More(props: {
  readonly narrow: boolean;
  readonly tight: boolean;
  readonly onReact: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<'no' | 'ready' | 'open'>('no');
  useEffect(() => {
    const timer = setTimeout(() => {
      void load().then(() => setWanted((now) => (now === 'no' ? 'ready' : now)));
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  const button = (
    <Control
      icon={Ellipsis}
      label={t('control.more')}
      action={t('control.moreLong')}
      aria-haspopup="menu"
      data-testid="more"
      onPointerEnter={() => void load()}
      onClick={() => setWanted('open')}
    />
  );
  if (wanted === 'no') return button;
  return (
    <Suspense fallback={button}>
      <MoreMenu {...props} open={wanted === 'open'} />
    </Suspense>
  );
}
