package import DockerBridge
package import NIOCore
import Synchronization

/// Judges as a test says, and keeps what it was asked.
package final class RecordingPolicy: AdmissionPolicy {
    /// One call.
    package struct Question: Sendable {
        package let creation: ContainerCreation
        package let body: ByteBuffer
        package let answers: AdmissionAnswers?
        package let actor: String
        /// Calls before it.
        package let number: Int
    }

    private let verdict: @Sendable (Question) -> AdmissionVerdict
    private let asked = Mutex<[Question]>([])

    package init(_ verdict: @escaping @Sendable (Question) -> AdmissionVerdict) {
        self.verdict = verdict
    }

    package convenience init(always verdict: AdmissionVerdict) {
        self.init { _ in verdict }
    }

    package var questions: [Question] { self.asked.withLock { $0 } }
    /// Of the calls that brought some.
    package var answers: [AdmissionAnswers] { self.questions.compactMap(\.answers) }

    package func judge(
        _ request: ContainerCreation,
        body: ByteBuffer,
        answers: AdmissionAnswers?,
        actor: String
    ) -> AdmissionVerdict {
        let question = self.asked.withLock { asked in
            let question = Question(
                creation: request,
                body: body,
                answers: answers,
                actor: actor,
                number: asked.count
            )
            asked.append(question)
            return question
        }
        return self.verdict(question)
    }
}
