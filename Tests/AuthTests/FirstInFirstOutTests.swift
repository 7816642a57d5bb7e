import Testing

@testable import Auth

@Suite struct FirstInFirstOutTests {
    /// A plain array is the model.
    @Test func behavesLikeAnArrayWhateverTheOrder() {
        var generator = SystemRandomNumberGenerator()
        var queue = FirstInFirstOut<Int>()
        var model: [Int] = []
        for number in 0..<5000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                queue.append(number)
                model.append(number)
            case 5..<9:
                let popped = queue.popFirst()
                #expect(popped == (model.isEmpty ? nil : model.removeFirst()))
            default:
                queue.removeAll { $0 % 7 == 0 }
                model.removeAll { $0 % 7 == 0 }
            }
            #expect(queue.count == model.count && queue.first == model.first)
        }
    }
}
