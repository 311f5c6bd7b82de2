// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

extension ExitStatus {
    /// The exit code that a failure leads to if it stops a tool; a new code must be given its place here.
    package init(_ code: Diagnostic.Code) {
        switch code {
        case .argumentsInvalid, .optionUnknown, .optionValueMissing, .optionValueInvalid, .optionValueUnexpected,
            .optionsExclusive, .optionAlone, .argumentMissing, .argumentUnexpected, .globalUnknown, .globalValue,
            .globalNotSettable, .globalWithoutTypes,
            .globalConstant, .globalTypeDiffers, .globalNotLoaded, .mapOptionForm, .mapUnknown, .mapSizeFixed,
            .programUnknown, .probeForm, .targetNotNamed, .targetConflict, .targetOfOtherType, .programTypeUnknown,
            .kindNotAttached, .programTakesNoFunction, .nothingToAttach, .nothingToShow, .formatUnknown, .formatUnfit,
            .templateInvalid, .fieldUnknown, .conditionInvalid, .summaryNotNumber, .layoutInvalid, .eventTypeUnknown,
            .eventTypeSizeless, .mapNotChosen, .streamWithoutTypes, .columnsDiffer, .contextNotCarried, .userUnknown,
            .userIsRoot, .pinPathInvalid, .outputNotLast, .rotationNotFile, .noEvents, .functionsTooMany,
            .tracepointSpecsFull, .noLinksPinned, .mapTypeSize, .mapsOfEventsOnly:
            self = .usage
        case .objectNotELF, .objectNotBPF, .objectDamaged, .objectByteOrder, .objectCompressed, .licenseTooLong,
            .versionSection, .sectionUnknown, .sectionNamesNoTarget, .attachTargetForm, .mapByNumber,
            .symbolUndefined, .dataSectionUnknown, .dataTooLarge, .legacyMapsUnreadable, .mapsWithoutTypes,
            .mapDeclaration, .mapMemberUnknown, .mapNameInvalid, .mapNameTwice, .mapOffset, .mapNotCreated,
            .innerMapUnknown, .innerMapNested, .mapSlotInvalid, .arenaCount, .kconfigType, .coreKindUnknown,
            .coreRecordDamaged, .coreTypeAnonymous, .coreAccessSize, .eventTypeUndescribed, .eventTypeAmbiguous,
            .eventTypeTooLarge, .eventTypeDamaged, .kernelTypesMalformed, .mapUntyped, .pinDiffers, .pinOtherKind,
            .userFileMalformed, .structOpsInvalid, .ringSlots, .ringOtherType, .ringOverwrites, .ringDamaged,
            .streamTruncated,
            .frameTooLarge, .captureVersion, .capturePreambleTooLarge, .captureDamaged, .captureIncomplete,
            .captureByteOrder, .eventTypeUndecodable, .eventTextTooLong, .linesLost, .inputIsObject, .inputTooLarge,
            .outputOfOthers, .elementTooLarge, .probeSource, .probeNoProgram, .probeName, .probeMapDefinition,
            .probeEventType, .probeGlobal, .probeAllocation, .probeFloatingPoint, .probeDivision, .probeStack,
            .probeRecursion, .probeTrap, .probeArguments, .probeExistential, .probeFunctionPointer, .probeOperation:
            self = .badData
        case .objectUnreadable, .kernelTypesNotGiven, .inputUnreadable, .probeToolchain:
            self = .noInput
        case .systemCallMissing, .jitDisabled, .ftraceDisabled, .kprobesDisabled, .tracefsMissing, .sysfsMissing,
            .kernelFileUnreadable, .kernelFileMalformed, .traceOutputRefused, .kernelTypesMissing, .moduleTypesGone,
            .kernelSymbolMissing, .kernelSymbolAmbiguous, .kernelVariableMissing, .kfuncMissing, .kconfigMissing,
            .structOpsUnsupported, .structOpsRefused, .structOpsEnded, .coreAmbiguous, .coreAnswerRange, .mapRefused,
            .mapRuleBroken, .mapTooLarge,
            .mapMemory, .mapAccessFailed, .mapNotListed, .mapSlotRefused, .pinExists, .pinRefused, .pinContested,
            .pinNotOpened, .pinNotRemoved, .bpffsMissing, .bpffsMountFailed, .pinDirectoryFailed, .idUnknown,
            .infoRefused, .programRefused, .loadInterrupted, .typesRefused, .testRunRefused, .statisticsRefused,
            .uprobesUnsupported, .uprobeSessionUnsupported, .cookiesUnsupported, .attachRefused, .eventFieldsExceeded,
            .noKprobes, .detachFailed, .linkUnsupported, .linkReadFailed, .linkUpdateRefused, .ringOpenFailed,
            .takeoverFailed:
            self = .kernelLacks
        case .verifierRefused, .verifierNullPointer, .verifierNumberAsPointer, .verifierLicense,
            .verifierHelperMissing, .verifierHelperLocked, .verifierKernelTooOld, .verifierLoop, .verifierTooComplex,
            .verifierStackUnset, .verifierStackSize, .verifierZeroSize, .verifierMapType, .verifierPointerArgument,
            .verifierMapBounds, .verifierMemoryBounds, .verifierStackBounds, .verifierPacketBounds,
            .verifierContextAccess, .verifierKernelType, .verifierVariableOffset, .verifierUnboundedIndex,
            .verifierSizeRange, .verifierMisaligned, .verifierReadOnly, .verifierRegisterUnset,
            .verifierPointerArithmetic, .verifierPointerLeak, .verifierMixedPointers, .verifierUntrustedPointer,
            .verifierReferenceLeak, .verifierReferenceNotHeld, .verifierLock, .verifierSleeping,
            .verifierSpecialField, .verifierDynptr, .verifierIterator, .verifierArgumentType,
            .verifierFunctionArguments, .verifierKfuncRefused, .verifierTailCall, .verifierCallback,
            .verifierReturnValue, .verifierUnreachable, .verifierJump, .verifierCallDepth, .verifierJIT,
            .verifierPacketLoad, .verifierAttachTarget, .verifierArena,
            .coreMissing, .kfuncUnguarded:
            self = .verifier
        case .memoryCgroupLimit, .openFilesLimit, .openFilesOfMachine, .noSpace, .fileSystemReadOnly, .ioError,
            .cpuListUnreadable, .ringMemory, .ringWaitFailed, .ringSecondReader, .inputFailed, .outputFailed,
            .dumpFailed,
            .outputRefused, .outputAbandoned:
            self = .io
        case .mapDrained, .takeoverStalled, .hookTaken:
            self = .busy
        case .notPermitted, .userNamespace, .capabilityMissing, .perfEventParanoid, .tracingFilesClosed,
            .lockdown, .seccompFilter, .securityModule, .memlockLimit, .kernelAddressesHidden, .privilegeDropFailed,
            .privilegeLeft, .pinUntrusted, .lockUntrusted, .probeToolchainUntrusted, .takeoverNotPermitted, .ringFrozen,
            .ringReadOnly:
            self = .notPermitted
        case .noSuchFunction, .functionAmbiguous, .functionCopyUnknown, .functionIndistinguishable,
            .functionForbidsProbes, .functionNotInTypes, .offsetBeyondFunction, .probeRefused, .noSuchTracepoint,
            .noSuchTraceEvent, .noSuchSystemCall, .noSuchIterator, .noSuchProcess, .noSuchUserFile, .userFileStripped,
            .noSuchUserFunction, .userFunctionAmbiguous, .userFunctionChosen, .userOffsetOutside,
            .noSuchUserTracepoint, .noSuchTarget, .noPlaceForAny, .argumentsNotRead:
            self = .noSuchProbe
        // Warnings and notes.
        case .typesNotLoaded, .instructionRewritten, .mapLarge, .mapCreatedEmpty, .mapUnused, .mapNeverUsed, .mapFull,
            .mapTyped, .snapshotUnsteady, .snapshotsSkipped, .metricsLimited, .metricsWithoutNumbers,
            .userFunctionsMatched, .tracepointArgumentUnread, .pinKept, .pinningUnknown, .mapSizeAssumed,
            .bpffsMounted, .slotEmpty,
            .dataPointersNull, .kconfigTextCut, .licenseAssumed, .sectionUnused, .sectionUnreadable,
            .programNotLoaded, .programOptional, .programNotAttached, .programNotInKernel, .programsTwice,
            .eventBytesUnset, .eventSizeDiffers, .kernelOffsetFixed, .cpuValueAlone, .returnValueUnknown,
            .functionRenamed, .functionInWrapper, .syscallArguments, .argumentsCopied, .nameUnchecked,
            .moduleTypesSkipped,
            .tracefsPrivate, .probeOtherwise, .functionsAttached, .functionsLeftOut, .maxactiveIgnored,
            .structOpsIncomplete, .structOpsMemberLeft, .staleStructureRemoved,
            .alternativeLeft, .alternativeTaken, .otherTarget, .staleProbeRemoved, .staleFilterRemoved, .staleProbeKept,
            .cpuChanged, .ringSmaller,
            .ringRecordUnfinished,
            .dumpConditionUnmet,
            .ringFull, .lossesCounted, .lossesDoubtful, .lossesUnreadable, .lostBefore,
            .ringRecordImpossible, .eventTooLarge, .eventsLate, .namesCut, .processesUntold, .symbolsMismatched,
            .stacksMissing, .linesUnknown,
            .eventsUntyped, .eventsTyped,
            .eventsOutOfOrder,
            .programsUnknown, .terminalOutput, .terminalInput, .drainGap, .lockMissing, .accountFailed,
            .schemaStoreFailed, .outputWaiting, .outputMended, .outputNotLinked, .captureOpenEnded, .linesCut,
            .snapshotIncomplete, .tableCut, .addressesUnnamed, .typesTooMany, .programReport, .messagesDropped,
            .endedEarly:
            self = .success
        }
    }
}
