import DockerBridge
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct OutboxTests {
    private final class Client: OutboxClient {
        var calls = 0

        func outboxHasRoom() {
            self.calls += 1
        }
    }

    @Test func framesOfOneTurnLeaveTogetherAndInLaneOrder() throws {
        let bench = try OutboxBench()
        let bulk = bench.outbox.open(.bulk)
        let control = bench.outbox.open(.control)
        bench.outbox.push(OutboxBench.frame("log"), to: bulk)
        bench.outbox.push(OutboxBench.frame("pong"), to: control)
        #expect(try bench.channel.readOutbound(as: ByteBuffer.self) == nil, "nothing leaves before the turn ends")
        #expect(try bench.sent() == ["pong", "log"])
        #expect(bench.outbox.waitingBytes == 0)
    }

    @Test func whatTheChannelDoesNotTakeWaitsAndIsCounted() throws {
        let bench = try OutboxBench()
        bench.stop()
        let slot = bench.outbox.open(.bulk)
        bench.outbox.push(OutboxBench.frame(bytes: 1000), to: slot)
        #expect(try bench.sent() == [])
        #expect(bench.outbox.waitingBytes > 1000)
        #expect(bench.memory.used == bench.outbox.waitingBytes)
        bench.go()
        #expect(try bench.sent().count == 1)
        #expect(bench.memory.used == 0)
    }

    @Test func aStreamTakesMoreUntilItsBudgetIsFullAndHearsWhenThereIsRoom() throws {
        let bench = try OutboxBench()
        bench.stop()
        let client = Client()
        let slot = bench.outbox.open(.bulk)
        bench.outbox.setClient(client, of: slot)
        while bench.outbox.isWritable(slot) { bench.outbox.push(OutboxBench.frame(bytes: 30_000), to: slot) }
        #expect(bench.outbox.waitingBytes >= Outbox.streamBudget)
        #expect(bench.outbox.waitingBytes < Outbox.streamBudget + 40_000)
        #expect(client.calls == 0)
        bench.go()
        #expect(client.calls > 0)
        #expect(bench.outbox.isWritable(slot))
    }

    /// Two could wait for each other if one that has nothing waiting had to wait too.
    @Test func aStreamWithNothingWaitingTakesOneReadHoweverFullTheOthersAre() throws {
        let bench = try OutboxBench(memory: 1 << 20)
        bench.stop()
        let full = bench.outbox.open(.bulk)
        for _ in 0..<40 { bench.outbox.push(OutboxBench.frame(bytes: 30_000), to: full) }
        #expect(!bench.memory.hasRoom)
        let fresh = bench.outbox.open(.bulk)
        #expect(bench.outbox.isWritable(fresh))
        bench.outbox.push(OutboxBench.frame(bytes: 10), to: fresh)
        #expect(!bench.outbox.isWritable(fresh))
    }

    @Test func memoryThatOthersUseStopsStreamsBeforeTheirOwnBudget() throws {
        let bench = try OutboxBench(memory: 1 << 20)
        bench.stop()
        let slot = bench.outbox.open(.bulk)
        bench.outbox.push(OutboxBench.frame(bytes: 10), to: slot)
        #expect(bench.outbox.isWritable(slot))
        bench.memory.change(by: 1 << 20)
        #expect(!bench.outbox.isWritable(slot))
        bench.memory.change(by: -(1 << 20))
        #expect(bench.outbox.isWritable(slot))
    }

    @Test func aFinishedStreamHearsNothingMoreAndADiscardedOneSendsNothing() throws {
        let bench = try OutboxBench()
        bench.stop()
        let client = Client()
        let finished = bench.outbox.open(.bulk)
        bench.outbox.setClient(client, of: finished)
        bench.outbox.push(OutboxBench.frame("last"), to: finished)
        bench.outbox.finish(finished)
        let discarded = bench.outbox.open(.bulk)
        bench.outbox.setClient(client, of: discarded)
        bench.outbox.push(OutboxBench.frame("never"), to: discarded)
        bench.outbox.discard(discarded)
        bench.go()
        #expect(try bench.sent() == ["last"])
        #expect(client.calls == 0)
    }

    @Test func theLastFrameThatLeavesIsReportedOnce() throws {
        let bench = try OutboxBench()
        var count = 0
        let slot = bench.outbox.open(.control)
        bench.outbox.push(OutboxBench.frame("a"), to: slot)
        bench.outbox.push(OutboxBench.frame("b"), to: slot)
        bench.outbox.whenEmpty = { count += 1 }
        #expect(try bench.sent() == ["a", "b"])
        #expect(count == 1)
    }

    @Test func afterTheConnectionEverythingIsDroppedAndNothingIsWritable() throws {
        let bench = try OutboxBench()
        bench.stop()
        let slot = bench.outbox.open(.bulk)
        bench.outbox.push(OutboxBench.frame("lost"), to: slot)
        bench.outbox.detach()
        #expect(bench.memory.used == 0)
        #expect(!bench.outbox.isWritable(slot))
        bench.outbox.push(OutboxBench.frame("late"), to: slot)
        bench.outbox.finish(slot)
        bench.go()
        #expect(try bench.sent() == [])
    }

    // MARK: What is owed

    private final class Owner: OutboxClient {
        var isDone = false

        func outboxHasRoom() {}

        func outboxIsDone() {
            self.isDone = true
        }
    }

    @Test func controlFramesAreOwedUntilTheyLeave() throws {
        let bench = try OutboxBench()
        var changes: [Bool] = []
        bench.outbox.whenOwedChanges = { changes.append($0) }
        bench.stop()
        while bench.outbox.owedBytes < OwedAnswers.limit { bench.outbox.pushControl(OutboxBench.frame(bytes: 10_000)) }
        #expect(changes == [true])
        bench.go()
        #expect(try bench.sent().count > 20)
        #expect(changes == [true, false])
        #expect(bench.outbox.owedBytes == 0)
    }

    @Test func anAnswerWithoutAnOwnerIsOwedUpToAFewKilobytes() throws {
        let bench = try OutboxBench()
        bench.stop()
        let slot = bench.outbox.open(.bulk)
        bench.outbox.push(OutboxBench.frame(bytes: 100_000), to: slot)
        #expect(bench.outbox.owedBytes == 0, "a stream that goes on has its own bound")
        bench.outbox.finish(slot)
        #expect(bench.outbox.owedBytes == OwedAnswers.answerBytes + OwedAnswers.frameBytes)
        bench.go()
        _ = try bench.sent()
        #expect(bench.outbox.owedBytes == 0)
    }

    @Test func anOwnerHearsOfTheLastFrameOnlyWhenItLeaves() throws {
        let bench = try OutboxBench()
        let owner = Owner()
        bench.stop()
        let slot = bench.outbox.open(.interactive)
        for _ in 0..<3 { bench.outbox.push(OutboxBench.frame("x"), to: slot) }
        bench.outbox.finish(slot, for: owner)
        #expect(bench.outbox.owedBytes == 0)
        #expect(!owner.isDone)
        bench.go()
        _ = try bench.sent()
        #expect(owner.isDone)
    }

    @Test func whatIsDiscardedIsOwedNoLonger() throws {
        let bench = try OutboxBench()
        let owner = Owner()
        bench.stop()
        let (orphan, owned) = (bench.outbox.open(.bulk), bench.outbox.open(.bulk))
        for slot in [orphan, owned] { bench.outbox.push(OutboxBench.frame(bytes: 1000), to: slot) }
        bench.outbox.finish(orphan)
        bench.outbox.finish(owned, for: owner)
        bench.outbox.discard(orphan)
        bench.outbox.discard(owned)
        #expect(bench.outbox.owedBytes == 0)
        #expect(!owner.isDone)
        #expect(bench.memory.used == 0)
    }
}
