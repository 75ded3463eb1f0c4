import { CameraOff, Mic, MicOff, Video as VideoIcon, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { OWN_CAMERA } from '../../call/index.ts';
import { useAppSelector } from '../../store/index.ts';
import { Video } from '../stage/index.ts';

/** How one looks, with the switches for microphone and camera. */
export function Preview() {
  const { t } = useTranslation();
  const call = useCall();
  const { camera, microphone } = useAppSelector((state) => state.local);
  const shown = camera.wanted && camera.phase === 'on';
  return (
    <div className="preview" role="group" aria-label={t('lobby.preview')}>
      {shown ? (
        <Video trackKey={OWN_CAMERA} identity="" userId="" mirrored />
      ) : (
        <p className="preview-empty">
          {camera.phase === 'starting' ? (
            <span className="spinner" aria-hidden="true" />
          ) : (
            <CameraOff size={28} aria-hidden="true" />
          )}
          {t(camera.phase === 'starting' ? 'lobby.cameraStarting' : 'lobby.cameraOff')}
        </p>
      )}
      <div className="preview-bar on-stage">
        <button
          type="button"
          className={`preview-button${microphone.wanted ? '' : ' preview-button-off'}`}
          aria-label={t(microphone.wanted ? 'control.muteLong' : 'control.unmuteLong')}
          title={t(microphone.wanted ? 'control.muteLong' : 'control.unmuteLong')}
          data-testid="toggle-mic"
          onClick={() => void call.local.setMicrophone(!microphone.wanted)}
        >
          {microphone.wanted ? <Mic size={22} aria-hidden="true" /> : <MicOff size={22} aria-hidden="true" />}
        </button>
        <button
          type="button"
          className={`preview-button${camera.wanted ? '' : ' preview-button-off'}`}
          aria-label={t(camera.wanted ? 'control.cameraOff' : 'control.cameraOn')}
          title={t(camera.wanted ? 'control.cameraOff' : 'control.cameraOn')}
          data-testid="toggle-cam"
          onClick={() => void call.local.setCamera(!camera.wanted)}
        >
          {camera.wanted ? <VideoIcon size={22} aria-hidden="true" /> : <VideoOff size={22} aria-hidden="true" />}
        </button>
      </div>
    </div>
  );
}
