# What is installed, and how it is found again: programs in bin/, our libraries in lib/plumbline/,
# the engine's module and the kernels a level below, in cpu/ or cuda/, since a package holds both
# and the program takes the one that fits the LibTorch which it finds. Nothing is named by an
# absolute path, so that the whole may be moved.
include(GNUInstallDirs)
set(PLUMBLINE_LIBRARIES lib/plumbline)
set(flavour $<IF:$<BOOL:${PLUMBLINE_CUDA}>,cuda,cpu>)

set_target_properties(plumbline plumbline-engine PROPERTIES INSTALL_RPATH "$ORIGIN/../${PLUMBLINE_LIBRARIES}")
set_target_properties(plumbline_core plumbline_views PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(plumbline_engine plumbline_kernels PROPERTIES INSTALL_RPATH "$ORIGIN:$ORIGIN/..")

install(TARGETS plumbline plumbline-engine RUNTIME COMPONENT programs)
install(TARGETS plumbline_core plumbline_views plumbline_images
  LIBRARY DESTINATION ${PLUMBLINE_LIBRARIES} COMPONENT programs)
install(TARGETS plumbline_engine plumbline_kernels
  LIBRARY DESTINATION ${PLUMBLINE_LIBRARIES}/${flavour} COMPONENT engine)

# What `plumbline-engine demo` reads.
install(DIRECTORY resources/demo/fashion-mnist resources/demo/members resources/demo/detectors
    resources/demo/language-model resources/demo/finished-search resources/demo/text
  DESTINATION ${CMAKE_INSTALL_DATADIR}/plumbline/demo COMPONENT programs)
# What a colleague checks a report with.
install(PROGRAMS resources/verify_report.py resources/verify_detection.py
  DESTINATION ${CMAKE_INSTALL_DATADIR}/plumbline COMPONENT programs)
install(FILES packaging/plumbline.desktop
  DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT programs)
install(FILES packaging/plumbline.metainfo.xml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT programs)
install(FILES resources/icons/plumbline.svg
  DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT programs)
foreach(size 16 24 32 48 64 128 256)
  install(FILES resources/icons/plumbline-${size}.png RENAME plumbline.png
    DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/${size}x${size}/apps COMPONENT programs)
endforeach()
