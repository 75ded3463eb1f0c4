import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { Preview } from './preview.tsx';
import './lobby.css';

/** Until somebody lets us in: what is being waited for, one's own picture, and a way back. */
export function Waiting() {
  const { t } = useTranslation();
  const call = useCall();
  const { roomName, mustWait } = useAppSelector((state) => state.call);
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <main className="lobby" data-testid="waiting">
      <div className="lobby-card">
        <Preview />
        <div className="lobby-side">
          <div className="lobby-head">
            <p className="lobby-room">{roomName ?? t('top.call')}</p>
            <h1 className="lobby-title lobby-waiting focus-landing" tabIndex={-1} ref={title}>
              {t('waiting.title')}
            </h1>
            <p role="status" className="lobby-inside">
              {t(mustWait === 'alone' ? 'waiting.alone' : 'waiting.asked')}
            </p>
          </div>
          <p className="lobby-breath" aria-hidden="true">
            <span />
            <span />
            <span />
          </p>
          <div className="lobby-actions">
            <button type="button" className="button" data-testid="waiting-cancel" onClick={() => void call.leave()}>
              {t('lobby.cancel')}
            </button>
          </div>
        </div>
      </div>
    </main>
  );
}
