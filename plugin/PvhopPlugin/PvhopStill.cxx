// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopStill.h"

#include <pqApplicationCore.h>
#include <pqServer.h>
#include <pqServerManagerModel.h>
#include <pqView.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkRenderWindowInteractor.h>
#include <vtkSMSession.h>
#include <vtkSMViewProxy.h>

void pvhopKeepStill(pqServer* server)
{
  pqServerManagerModel* model = pqApplicationCore::instance()->getServerManagerModel();
  for (pqView* view : model->findItems<pqView*>(server))
  {
    view->cancelPendingRenders();
    vtkSMViewProxy* proxy = view->getViewProxy();
    if (vtkRenderWindowInteractor* interactor = proxy ? proxy->GetInteractor() : nullptr)
    {
      // ParaView draws on its events and timers (vtkSMViewProxyInteractorHelper).
      interactor->RemoveAllObservers();
      interactor->EnableRenderOff();
    }
    if (auto* window =
          proxy ? vtkGenericOpenGLRenderWindow::SafeDownCast(proxy->GetRenderWindow()) : nullptr)
    {
      window->SetReadyForRendering(false); // vtkSMViewProxy draws in no other
    }
  }
  // Only the end of the outermost of such blocks waits for the server: this one has none.
  server->session()->PrepareProgress();
}
