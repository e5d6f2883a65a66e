#pragma once
#include <functional>

class QUndoStack;

namespace plumbline {

class DeviceList;
class JobCenter;
class PickedItems;
class Remarks;
class Settings;
class Study;

/// What the window gives to every page. Nothing of it is owned, and it outlives the pages.
struct PageContext {
  JobCenter* jobs = nullptr;
  DeviceList* devices = nullptr;
  Remarks* remarks = nullptr;     ///< of the split that is open
  PickedItems* picked = nullptr;  ///< what is selected in it; null: nobody asks
  QUndoStack* undo = nullptr;
  const Settings* settings = nullptr;  ///< null: nothing was remembered
  /// The open study; where none is open, the user is asked for a new one. Null: there is none then.
  std::function<const Study*()> study_to_work_on;
};

}  // namespace plumbline
