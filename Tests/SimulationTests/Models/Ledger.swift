import NIOCore

@testable import DockerBridge

/// The reference of one session: everything the controller asked for, compared with everything that comes.
///
/// Whatever contradicts it goes to `problem` in words.
final class Ledger {
    private let problem: (String) -> Void
    /// Whether the engine had a fault that may show in the answer to something asked for at that moment.
    private let isDisturbed: (NIODeadline) -> Bool
    /// The largest answer that the agent has memory for.
    private let largestWhole: Int
    private(set) var debts: [String: Debt] = [:]
    private(set) var order: [Debt] = []
    private(set) var askedCount = 0
    private(set) var lastWords = 0
    private(set) var streamedBytes = 0

    init(largestWhole: Int, isDisturbed: @escaping (NIODeadline) -> Bool, problem: @escaping (String) -> Void) {
        self.largestWhole = largestWhole
        self.isDisturbed = isDisturbed
        self.problem = problem
    }

    func owe(_ debt: Debt) {
        self.askedCount += 1
        self.debts[debt.id] = debt
        self.order.append(debt)
    }

    /// What is under way as far as the controller knows.
    var open: [Debt] { self.order.filter { !$0.isSettled } }

    /// What the budget lets everything under way hold beyond it: for each what is less than a read, and one read more.
    var guaranteedBytes: Int {
        self.order.reduce(16 * 1024) {
            $1.isBarred || $1.lastWords == $1.owed ? $0 : $0 + $1.owed * ($1.mostHeldBytes + 1024)
        }
    }

    /// Keeps the memory of a long session small.
    func forgetSettled() {
        guard self.order.count > 400 else { return }
        self.order.removeAll { $0.lastWords == $0.owed || ($0.isBarred && !$0.hasSpokenSince) }
    }

    // MARK: What comes

    func take(_ message: AgentMessage) {
        switch message.type {
        case "response": self.response(message)
        case "stream": self.stream(message)
        case "stream_end": self.streamEnd(message)
        case "error": self.error(message)
        case "exec_ready": self.execReady(message)
        case "exec_output": self.execOutput(message)
        case "exec_end": self.execEnd(message)
        case "dd:container_log_chunk": self.logChunk(message)
        case "dd:container_log_end": self.logEnd(message)
        case "dd:container_log_error": self.failed(message, "requestId", message.text("error") ?? "", [.liveLog])
        case "dd:container_log_response": self.wholeLog(message)
        case "dd:container_delete_response": self.deleted(message)
        default: self.problem("a frame of the type '\(message.type)' came, which no agent sends")
        }
    }

    private func debt(_ message: AgentMessage, _ name: StaticString, _ kinds: [Debt.Kind]) -> Debt? {
        guard let id = message.text(name), let debt = self.debts[id], kinds.contains(debt.kind) else {
            self.problem("\(message.type) for '\(message.text(name) ?? "nobody")', which nobody asked for")
            return nil
        }
        if debt.isBarred { debt.hasSpokenSince = true }
        if debt.lastWords >= debt.owed {
            self.problem("\(message.type) for '\(id)', which was answered already")
            return nil
        }
        return debt
    }

    private func settle(_ debt: Debt) {
        debt.lastWords += 1
        self.lastWords += 1
    }

    /// Whether a whole answer must have come.
    private func mustBeWhole(_ debt: Debt) -> Bool { !self.isDisturbed(debt.since) }

    /// A last word that is an error needs a reason.
    private func isExcused(_ debt: Debt, _ reason: String) -> Bool {
        if self.isMemoryShort, ["memory", "MEMORY"].contains(where: reason.contains) { return true }
        return debt.excuse(reason, isDisturbed: self.isDisturbed(debt.since))
    }

    /// What is asked for here at the same time never comes to a budget of the usual size.
    private var isMemoryShort: Bool { self.largestWhole < 8 << 20 }

    // MARK: Requests

    private func response(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.plain, .stream]) else { return }
        if debt.kind == .stream {
            guard message.bool("isStream") == true else { return self.problem("\(debt) is no stream any more") }
            if debt.hasBegun, debt.owed == 1 { self.problem("the stream \(debt) began twice") }
            debt.hasBegun = true
            debt.outBytes = 0
            return
        }
        self.settle(debt)
        let plan = debt.plan
        guard message.integer("statusCode") == plan.status else {
            return self.problem("\(debt) was answered with another status than the engine's \(plan.status)")
        }
        let isRight: Bool
        if !plan.hasBody {
            isRight = message.raw("body") == nil
        } else if plan.body == .object {
            isRight = message.raw("body") == plan.plainBody()
        } else {
            isRight = plan.body == .text && message.plainText("body") == plan.plainBody()
        }
        if !isRight { self.problem("the body of \(debt) is not the engine's") }
        if !plan.isComplete, plan.hasBody {
            self.problem("\(debt) was cut off and passed for whole")
        }
    }

    private func stream(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.stream]) else { return }
        guard debt.hasBegun, let bytes = message.base64("data") else {
            return self.problem("a piece of \(debt) came before its head, or is no base64")
        }
        // An engine's refusal is a stream as well.
        if case .garbage = debt.plan.fate { return }
        self.check(bytes, of: debt)
    }

    private func check(_ bytes: ByteBuffer, of debt: Debt, isError: Bool = false) {
        let pattern = isError ? debt.plan.errorPattern : debt.plan.pattern
        let offset = isError ? debt.errorBytes : debt.outBytes
        let isRight = bytes.withUnsafeReadableBytes { pattern.matches($0, from: offset) }
        let total = debt.plan.streamedBytes
        let most = isError ? OutputScript.errorBytes(beside: total) : total
        if !isRight || offset + bytes.readableBytes > most {
            self.problem(
                "bytes of \(debt) from \(offset) on are not the engine's: one was lost, doubled or moved"
            )
        }
        self.streamedBytes += bytes.readableBytes
        if isError { debt.errorBytes += bytes.readableBytes } else { debt.outBytes += bytes.readableBytes }
    }

    private func streamEnd(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.stream]) else { return }
        self.settle(debt)
        if case .garbage = debt.plan.fate { return }
        if !debt.plan.isComplete || debt.outBytes != debt.plan.size {
            self.problem("the stream \(debt) ended well after \(debt.outBytes) of \(debt.plan.size) bytes")
        }
    }

    private func error(_ message: AgentMessage) {
        guard message.text("requestId") != nil else { return }
        self.failed(message, "requestId", message.text("message") ?? "", [.plain, .stream])
    }

    private func failed(_ message: AgentMessage, _ name: StaticString, _ reason: String, _ kinds: [Debt.Kind]) {
        guard let debt = self.debt(message, name, kinds) else { return }
        self.settle(debt)
        if !self.isExcused(debt, reason) {
            self.problem("\(debt) failed without a cause: \(reason)")
        }
    }

    // MARK: Exec

    private func execReady(_ message: AgentMessage) {
        guard let debt = self.debt(message, "execId", [.exec]) else { return }
        if debt.hasBegun { self.problem("the session \(debt) became ready twice") }
        debt.hasBegun = true
    }

    private func execOutput(_ message: AgentMessage) {
        guard let debt = self.debt(message, "execId", [.exec]) else { return }
        guard debt.hasBegun, let bytes = message.base64("data") else {
            return self.problem("output of \(debt) came before it was ready, or is no base64")
        }
        let stream = message.text("stream")
        if (stream == nil) != debt.plan.isTTY { self.problem("output of \(debt) names the wrong stream") }
        self.check(bytes, of: debt, isError: stream == "stderr")
    }

    private func execEnd(_ message: AgentMessage) {
        guard let debt = self.debt(message, "execId", [.exec]) else { return }
        self.settle(debt)
        let reason = message.text("reason") ?? ""
        guard reason == "exited" else {
            if !self.isExcused(debt, reason) {
                self.problem("the session \(debt) ended without a cause: \(reason)")
            }
            return
        }
        guard self.mustBeWhole(debt) else { return }
        let errors = debt.plan.isTTY ? 0 : OutputScript.errorBytes(beside: debt.plan.streamedBytes)
        if debt.outBytes != debt.plan.streamedBytes || debt.errorBytes != errors {
            self.problem("the session \(debt) exited, but a part of its output is missing")
        }
        if message.integer("exitCode") != debt.plan.exitCode {
            self.problem("the session \(debt) exited with another code than its process")
        }
        if debt.typedBytes < debt.plan.input {
            self.problem("the process of \(debt) ended before it was given its input")
        }
    }

    // MARK: Logs and deletes

    private func logChunk(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.liveLog]) else { return }
        guard let text = message.plainText("logs"), let stream = message.text("stream") else {
            return self.problem("a piece of the log \(debt) is none")
        }
        self.check(text, of: debt, isError: stream == "stderr")
    }

    private func logEnd(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.liveLog]) else { return }
        self.settle(debt)
        if debt.isCancelled || message.text("reason") == "canceled" { return }
        if !debt.plan.isComplete || debt.outBytes != debt.plan.size {
            self.problem("the log \(debt) ended well after \(debt.outBytes) of \(debt.plan.size) bytes")
        }
    }

    private func wholeLog(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.wholeLog]) else { return }
        self.settle(debt)
        guard let text = message.plainText("logs") else { return self.problem("the log \(debt) is no text") }
        if text.readableBytesView.starts(with: "error: ".utf8) {
            let reason = String(buffer: text)
            if !self.isExcused(debt, reason) {
                self.problem("the log \(debt) failed without a cause: \(reason)")
            }
            return
        }
        guard debt.plan.isComplete, self.mustBeWhole(debt) else { return }
        let whole = Self.wholeText(debt.plan).readableBytesView
        // All of it, or the newest part that fits. One that took too long to read is an error.
        let fits = whole.count < self.largestWhole - 2048
        let isRight =
            fits
            ? text.readableBytesView == whole
            : whole.suffix(text.readableBytes).elementsEqual(text.readableBytesView)
        if !isRight {
            self.problem("the log \(debt) is not the engine's: \(text.readableBytes) of \(whole.count) bytes")
        }
    }

    /// Both outputs of a log, in the order in which they were written.
    private static func wholeText(_ plan: AnswerPlan) -> ByteBuffer {
        var script = OutputScript(plan)
        var text = ByteBuffer()
        var decoder = LogSplitter(isTTY: plan.isTTY)
        while var piece = script.next() {
            try? decoder.split(&piece) { bytes, _ in
                text.writeImmutableBuffer(bytes)
                return true
            }
        }
        return text
    }

    private func deleted(_ message: AgentMessage) {
        guard let debt = self.debt(message, "requestId", [.delete]) else { return }
        self.settle(debt)
        if message.bool("success") == true {
            if !debt.plan.isComplete { self.problem("\(debt) says that it deleted what it did not") }
        } else if !self.isExcused(debt, message.text("error") ?? "") {
            self.problem("the delete \(debt) failed without a cause: \(message.text("error") ?? "")")
        }
    }
}
