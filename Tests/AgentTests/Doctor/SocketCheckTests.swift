import Glibc
import Testing

@testable import Agent

@Suite struct SocketCheckTests {
    private static func judge(_ change: (inout SocketCheck.Facts) -> Void) -> Check {
        var facts = SocketCheck.Facts()
        facts.groupID = 998
        facts.user = 65532
        change(&facts)
        return SocketCheck.judge(facts, path: "/var/run/docker.sock")
    }

    @Test func aSocketThatAnswersIsGood() {
        let check = Self.judge { _ in }
        #expect(check.isGood)
        #expect(check.text == "/var/run/docker.sock answers; owner root, group docker (998), mode 0660")
    }

    @Test func aDeniedSocketNamesTheGroupToAdd() {
        let inside = Self.judge {
            $0.connectError = EACCES
            $0.isInContainer = true
        }
        #expect(!inside.isGood)
        #expect(inside.text.hasSuffix("; start the container with --group-add 998"))
        #expect(inside.text.contains("user 65532 may not open"))
        let outside = Self.judge { $0.connectError = EACCES }
        #expect(outside.text.hasSuffix("; add the agent's user to the group docker"))
    }

    @Test func aStaleMountIsRecognised() {
        let inside = Self.judge {
            $0.connectError = ECONNREFUSED
            $0.isInContainer = true
        }
        #expect(inside.text.contains("mount the socket's folder instead of the file"))
        #expect(Self.judge { $0.connectError = ECONNREFUSED }.text.contains("start the engine"))
    }

    @Test func aMissingSocketAndAFolderInItsPlaceAreRecognised() {
        #expect(Self.judge { $0.exists = false }.text.hasPrefix("/var/run/docker.sock does not exist"))
        #expect(Self.judge { $0.isSocket = false }.text.contains("is no socket"))
    }

    @Test func anythingElseIsToldAsTheSystemSaysIt() {
        #expect(Self.judge { $0.connectError = EMFILE }.text.contains("Too many open files"))
    }

    @Test func aRealFileIsLookedAt() {
        #expect(!SocketCheck.check("/nowhere/docker.sock").isGood)
        #expect(SocketCheck.check("/tmp").text.contains("is no socket"))
    }
}
