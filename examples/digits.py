"""Handwritten digits by a 64-32-10 network, in scikit-learn's manners (it brings the digits)."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from w2v import FeedForwardClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, test_size=0.25, random_state=1, stratify=y
)
model = FeedForwardClassifier((32,), batch_size=32, max_iter=300, random_state=1)
model.fit(X_train, y_train)

print(f"{model.n_iter_} epochs, loss {model.loss_:.4f}")
print(f"accuracy on digits it has not seen: {model.score(X_test, y_test):.3f}")
model.save("digits.safetensors")
